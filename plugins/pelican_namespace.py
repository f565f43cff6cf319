"""Pelican finds the plugin here, as `pelican.plugins.flattr`; the code is in `pelican_flattr`.

Pelican imports every installed plugin for each site that lists none, and an error here would end the build of
somebody who has never heard of Flattr.
"""

import logging
from typing import Any

__all__ = ["register"]

try:
    from pelican_flattr import register
except Exception as error:  # whatever it is, an old library or a broken installation
    _reason = f"{type(error).__name__}: {error}"

    def register() -> None:
        from pelican.plugins import signals

        signals.initialized.connect(say_what_is_wrong)

    def say_what_is_wrong(pelican: Any) -> None:
        """Say it where it is seen to who has begun with Flattr, and in a whisper to all others."""
        level = logging.ERROR if pelican.settings.get("FLATTR_URL") else logging.INFO
        logging.getLogger(__name__).log(
            level,
            "flattr: posts have no button, for the plugin cannot be loaded (%s); "
            'install it anew: pip install --force-reinstall "selfhosted-flattr[pelican]"',
            _reason,
        )
