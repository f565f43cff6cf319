"""What can be wrong with the settings of the plugin."""

from flattr_button import FlattrButtonError


class BadSetting(FlattrButtonError):
    """A setting of the plugin is not understood; write it as the message says."""

    def __init__(self, name: str, setting: object, form: str) -> None:
        super().__init__(f"{name} is {setting!r}, but {form}")
