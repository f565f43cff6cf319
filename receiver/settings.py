"""What an operator can set, from environment variables or a file `flattr.env`; documented in docs/settings.md."""

import difflib
import io
import os
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from receiver.domain.errors import BadSettings, FlattrError
from receiver.domain.money import MICROS_PER_UNIT, Currency, Micros
from receiver.domain.person import normal_email
from receiver.domain.rules import BASIS_POINTS, PLEDGE_MICROS_MIN, Rules

PREFIX: Final = "FLATTR_"
FILE_NAME: Final = "flattr.env"
# A blog built on the same machine has these; they are the plugins', not ours.
OF_THE_PLUGINS: Final = frozenset({"FLATTR_URL", "FLATTR_SITE_KEY", "FLATTR_SITE_KEY_FILE"})
LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "localhost"})


_BOUNDS_BY_NAME: Final = {
    "FLATTR_PORT": "a number from 1 to 65535",
    "FLATTR_FEE_BASIS_POINTS": "a whole number from 0 to 5000; 1000 is 10 %",
    "FLATTR_PLEDGE_MAX": "an amount of at least 2.00",
    "FLATTR_PAYABLE_DAY": "a day from 1 to 28",
    "FLATTR_CLOSE_AUTOMATICALLY": "yes or no",
    "FLATTR_NAME": "1 to 60 characters",
}


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError("write the address that readers see, such as https://flattr.example, without a path")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError("readers sign in here, so it begins with https:// (http:// only on 127.0.0.1 and localhost)")
    return f"{parts.scheme}://{parts.netloc.lower()}/"


def _source_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("https", "http") or not parts.hostname):
        raise ValueError("write the whole address of a page, such as https://code.example/flattr")
    return text


def _operators(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return frozenset(normal_email(part) for part in text.replace(",", " ").split())
    except FlattrError as error:
        raise ValueError(f"write e-mail addresses parted by commas ({error})") from None


def _micros(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        micros = Decimal(text) * MICROS_PER_UNIT
    except InvalidOperation:
        raise ValueError("write an amount such as 10.00") from None
    if not micros.is_finite() or micros != int(micros) or not 0 < micros < 10**13:
        raise ValueError("write an amount such as 10.00")
    return int(micros)


def _currency(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return Currency(text)
    except FlattrError as error:
        raise ValueError(str(error)) from None


Amount = Annotated[Micros, BeforeValidator(_micros)]


class Settings(BaseModel):
    """The operator's settings; each field is the environment variable FLATTR_ and its name in capitals."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    public_url: Annotated[str, AfterValidator(_public_url)] = Field(
        description="The address under which readers reach this receiver."
    )
    name: str = Field("Flattr", min_length=1, max_length=60, description="What the pages call this service.")
    data_dir: Path = Field(Path("flattr-data"), description="The folder of the database and the master keys.")
    database_url: str = Field(
        "",
        repr=False,
        description="PostgreSQL instead of the file: postgresql://ROLE:PASSWORD@HOST/DATABASE, the application's role.",
    )
    database_owner_url: str = Field(
        "",
        repr=False,
        description="The same database as the role that owns its tables; only `flattr-receiver migrate` needs it.",
    )
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8000, ge=1, le=65535, description="The port to listen on.")
    smtp_url: str = Field(
        "console:",
        repr=False,
        description="The mail server: smtps://USER:PASSWORD@HOST, smtp+starttls://, smtp:// or console: (prints).",
    )
    mail_from: str = Field("flattr@localhost", description="The sender of all mails.")
    operators: Annotated[frozenset[str], BeforeValidator(_operators)] = Field(
        frozenset(), description="E-mail addresses of who may see the operator's pages, parted by commas."
    )
    currency: Annotated[Currency, BeforeValidator(_currency)] = Field(
        Currency(), description="The one currency of this receiver, as its ISO 4217 code."
    )
    fee_basis_points: int = Field(
        1_000, ge=0, le=BASIS_POINTS // 2, description="The cut of each euro that enters, in hundredths of a per cent."
    )
    pledge_max: Amount = Field(
        Micros(100 * MICROS_PER_UNIT), ge=PLEDGE_MICROS_MIN, description="The most a reader can pledge a month."
    )
    payable_day: int = Field(
        10, ge=1, le=28, description="The day of the following month from which shares are paid out."
    )
    payout_min: Amount = Field(Micros(10 * MICROS_PER_UNIT), description="The least that is paid out at once.")
    close_automatically: bool = Field(
        default=True, description="Whether the running receiver closes months by itself on the 1st."
    )
    fee_words: str = Field(
        "", max_length=2_000, description="What the cut is spent on, in the operator's words; shown on `/fee`."
    )
    source_url: Annotated[str, AfterValidator(_source_url)] = Field(
        "", description="Where the source code of this receiver is, shown on every page."
    )

    @property
    def rules(self) -> Rules:
        return Rules(
            currency=self.currency,
            fee_basis_points=self.fee_basis_points,
            pledge_micros_max=self.pledge_max,
            payable_day=self.payable_day,
            payout_micros_min=self.payout_min,
        )

    @property
    def database_path(self) -> Path:
        return self.data_dir / "flattr.db"

    @property
    def master_keys_path(self) -> Path:
        return self.data_dir / "master.keys"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    def require_mail(self) -> None:
        """Refuse to print sign-in codes where others could read them.  Raises BadSettings."""
        if self.smtp_url == "console:" and self.is_https:
            raise BadSettings(
                ["FLATTR_SMTP_URL: name a mail server; codes are only printed for a receiver on 127.0.0.1"]
            )


def load_settings(environment: Mapping[str, str] | None = None, *, file: Path | None = None) -> Settings:
    """Read the settings; variables win over the file.

    Raises BadSettings, which lists every fault at once and names what is unknown.
    """
    from_file, faults = _read_file(file if file is not None else Path(FILE_NAME))
    given = {**from_file, **(os.environ if environment is None else environment)}
    named = {name: value for name, value in given.items() if name.startswith(PREFIX) and value is not None}
    known = {PREFIX + field.upper(): field for field in Settings.model_fields}
    faults += [_unknown(name, known) for name in sorted(named.keys() - known.keys() - OF_THE_PLUGINS)]
    values: dict[str, Any] = {known[name]: value for name, value in named.items() if name in known}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        faults += [_fault(detail) for detail in error.errors(include_url=False, include_input=False)]
        raise BadSettings(sorted(faults)) from None
    if faults:
        raise BadSettings(faults)
    return settings


def _read_file(path: Path) -> tuple[dict[str, str | None], list[str]]:
    """Return what the file sets, and the faults of its lines; a file that is not there sets nothing."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeDecodeError) as error:
        return {}, [f"{path}: this file cannot be read ({getattr(error, 'strerror', None) or 'it is not UTF-8 text'})"]
    faults: list[str] = []
    for binding in parse_stream(io.StringIO(text)):
        where = f"{path.name}, line {binding.original.line}"
        if binding.error:
            faults.append(f"{where}: write NAME=value")
        elif binding.key is not None and not binding.key.startswith(PREFIX):
            faults.append(f"{where}: settings begin with {PREFIX}, unlike {binding.key}")
    return ({}, faults) if faults else (dotenv_values(stream=io.StringIO(text)), [])


def _unknown(name: str, known: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"{name}: there is no such setting" + (f"; did you mean {close[0]}?" if close else "")


def _fault(detail: Any) -> str:
    name = PREFIX + str(detail["loc"][0]).upper()
    if detail["type"] == "missing":
        return f"{name}: this must be set"
    if detail["type"] != "value_error" and name in _BOUNDS_BY_NAME:
        return f"{name}: write {_BOUNDS_BY_NAME[name]}"
    return f"{name}: {detail['msg'].removeprefix('Value error, ')}"
