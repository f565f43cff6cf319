import os

BLOG_AUTHOR = "Carla"
BLOG_TITLE = "Carla's blog"
SITE_URL = "https://blog.example/"
BLOG_EMAIL = "carla@blog.example"
BLOG_DESCRIPTION = "Bread and bees"
DEFAULT_LANG = "en"
TRANSLATIONS = {"en": "", "de": "./de"}
TRANSLATIONS_PATTERN = "{path}.{lang}.{ext}"
SHOW_UNTRANSLATED_POSTS = "UNTRANSLATED" in os.environ
TIMEZONE = "UTC"
THEME = os.environ.get("THEME", "bootblog4")
POSTS = (("posts/*.md", "posts", "post.tmpl"),)
PAGES = (("pages/*.md", "", "page.tmpl"),)
COMPILERS = {"markdown": [".md"]}
GENERATE_ATOM = True
COPY_SOURCES = False
FLATTR_URL = os.environ.get("RECEIVER", "https://flattr.example")
