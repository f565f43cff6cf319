import pytest

from flattr_button import BadFrontMatter, Wish


@pytest.mark.parametrize(
    ("front_matter", "wanted"),
    [(False, False), ("False", False), (" no ", False), ("off", False), (0, False), (True, True), ("yes", True),
     (None, None), ("", None), ("maybe", None), ({"button": False}, False), ({"button": None}, None), ({}, None)],
)  # fmt: skip
def test_a_wish_is_read_as_people_write_it(front_matter, wanted):
    assert Wish.read(front_matter).wanted is wanted


@pytest.mark.parametrize(
    ("tags", "read"),
    [("oven, flour ,", ("oven", "flour")), (["oven", None, 7], ("oven", "7")), ([], ()), (None, None), (7, ("7",))],
)
def test_tags_are_a_list_or_words_between_commas(tags, read):
    assert Wish.read({"tags": tags}).tags == read


def test_a_misspelt_name_is_refused_with_the_names_that_are_known():
    with pytest.raises(BadFrontMatter, match=r"hiden is not known .* button, title, category, tags, hidden, id"):
        Wish.read({"hiden": True})
