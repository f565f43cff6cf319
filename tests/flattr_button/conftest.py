"""The cast of the button: Carla's key and claim, and Cem's key."""

import hashlib

import pytest

from flattr_button import Claim, SiteKey


@pytest.fixture(scope="session")
def carla() -> SiteKey:
    return SiteKey("carlablog2", 2, hashlib.sha256(b"carla").hexdigest().encode())


@pytest.fixture(scope="session")
def cem() -> SiteKey:
    return SiteKey("cemsnotes3", 1, hashlib.sha256(b"cem").hexdigest().encode())


@pytest.fixture(scope="session")
def bees(carla: SiteKey) -> Claim:
    return Claim(
        site=carla.site,
        generation=carla.generation,
        url="https://carla.example/blog/bees/",
        title="How to keep bees",
        language="en",
        tags=("bees", "honey"),
    )
