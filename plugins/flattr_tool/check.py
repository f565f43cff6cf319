"""Check a built site: every post has one valid button, nothing is published that must not be, the receiver agrees."""

from pathlib import Path

from flattr_tool.ask_receiver import ask_receiver
from flattr_tool.built_site import BuiltSite
from flattr_tool.findings import Kind, Report
from flattr_tool.listed import Wanted, read_list
from flattr_tool.look_at_files import look_at_files, place_the_others, require_shown


def check_site(output: Path, wanted: Wanted, *, is_offline: bool) -> Report:
    """Look at every file of a built site, and ask its receiver unless told not to.

    Raises NoOutput if there is no such folder; whatever else is wrong is a finding.
    """
    site, report = BuiltSite(output), Report()
    listed = read_list(site, wanted, report)
    if wanted.key is None:
        report.add(
            Kind.SIGNATURES_NOT_CHECKED,
            "no signature was checked, only form and consistency; set FLATTR_SITE_KEY or FLATTR_SITE_KEY_FILE to have "
            "them checked",
        )
    look_at_files(site, wanted, listed, report)
    if listed is not None:
        place_the_others(listed, report)
        require_shown(listed, report)
        if is_offline:
            report.add(Kind.RECEIVER_NOT_ASKED, "the receiver was not asked; leave out --offline to ask it")
        else:
            ask_receiver(listed, wanted.key, report)
    return report
