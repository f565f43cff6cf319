"""A WordPress of one's own: Debian's package, copied into a folder, installed and served by PHP itself."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from tests.fakes import mariadb
from tests.fakes.patience import eventually

PACKAGE: Final = Path("/usr/share/wordpress")
HOST: Final = "blog.example"
MISSING: Final = (
    "no WordPress on this machine; install it (Debian: apt install wordpress wordpress-theme-twentytwentyone "
    "wordpress-theme-twentytwentythree php-cli php-mysql php-intl mariadb-server)"
)
# The site believes that it is https://blog.example behind a proxy, and reaches nothing else.
_CONFIG: Final = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:SOCKET'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', 'https://blog.example'); define('WP_SITEURL', 'https://blog.example');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', true); define('WP_DEBUG_DISPLAY', true); define('WP_DEBUG_LOG', false);
foreach (array('AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE') as $name) {
    define($name . '_KEY', 'a phrase of the tests'); define($name . '_SALT', 'a phrase of the tests');
}
$_SERVER['HTTPS'] = 'on';
$table_prefix = 'wp_';
FURTHER
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
_ROUTER: Final = """<?php
$path = urldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
if (is_dir(__DIR__ . $path) && is_file(__DIR__ . rtrim($path, '/') . '/index.php') && '/' !== $path) {
    chdir(__DIR__ . $path);
    $_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = rtrim($path, '/') . '/index.php';
    require __DIR__ . rtrim($path, '/') . '/index.php';
    return;
}
if (is_file(__DIR__ . $path)) { return false; }
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require __DIR__ . '/index.php';
"""
_INSTALL: Final = """
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install("Carla's blog", 'carla', 'carla@blog.example', true, '', 'a password of the tests');
foreach (get_posts(array('post_type' => 'any', 'numberposts' => -1)) as $post) { wp_delete_post($post->ID, true); }
$GLOBALS['wp_rewrite']->set_permalink_structure('/%postname%/');
flush_rewrite_rules();
"""


def is_installed() -> bool:
    return PACKAGE.is_dir() and shutil.which("php") is not None and mariadb.is_installed()


class WordPress:
    """A running WordPress with the address https://blog.example, where every request begins anew."""

    def __init__(self, folder: Path, database: mariadb.Server) -> None:
        self.folder, self._database = folder, database
        database.sql("create database wordpress")
        shutil.copytree(PACKAGE, folder, symlinks=False, ignore=shutil.ignore_patterns(".htaccess"), dirs_exist_ok=True)
        (folder / "router.php").write_text(_ROUTER)
        self.configure("")
        self.run(_INSTALL, is_installing=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._process = subprocess.Popen(
            ["php", "-d", "opcache.revalidate_freq=0", "-S", f"127.0.0.1:{self._port}", "router.php"], cwd=folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        eventually("PHP answers", self._answers)

    def configure(self, further: str) -> None:
        """Write wp-config.php anew, with further PHP in it."""
        text = _CONFIG.replace("SOCKET", str(self._database.socket)).replace("FURTHER", further)
        (self.folder / "wp-config.php").write_text(text)

    def run(self, code: str, *, is_installing: bool = False) -> Any:
        """Run PHP inside of WordPress, as its own tools do; return what it echoes as JSON, or None."""
        before = "define('WP_INSTALLING', true);" if is_installing else ""
        script = f"<?php $_SERVER['HTTP_HOST'] = '{HOST}'; {before} require 'wp-load.php';\n{code}"
        done = subprocess.run(["php"], input=script, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout) if done.stdout and not is_installing else None

    def get(self, path: str, *, cookie: str = "") -> str:
        """Fetch a page, which must be there."""
        status, page = self._fetch(path, {"Cookie": cookie} if cookie else {})
        assert status == 200, f"{path}: {status} {page[:500]}"
        return page

    def database_text(self) -> str:
        """Return everything that stands in the tables of texts."""
        tables = self._database.sql("show tables in wordpress").split()[1:]
        return "".join(self._database.sql(f"select * from wordpress.{table}") for table in tables)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            return self._fetch("/", {})[0] == 200
        except OSError:
            return False

    def _fetch(self, path: str, headers: dict[str, str]) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request("GET", quote(path, safe="/?&=%"), headers={"Host": HOST} | headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()


@contextmanager
def wordpress(folder: Path) -> Iterator[WordPress]:
    with mariadb.server() as database:
        running = WordPress(folder, database)
        try:
            yield running
        finally:
            running.stop()
