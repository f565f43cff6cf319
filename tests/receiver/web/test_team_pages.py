"""The pages of a team: inviting, answering, parts, leaving; and who sees what."""

from collections.abc import Callable

import pytest

from receiver.domain.month import Month
from tests.receiver.cast import Blog, Person, Stage, at
from tests.receiver.web.browser import Browser, text_of
from tests.receiver.web.test_markup import faults_of

SEPTEMBER = Month(2026, 9)


@pytest.fixture
def cems(visit: Callable[[], Browser], cem: Person) -> Browser:
    return visit().of(cem)


@pytest.fixture
def team_page(bread: Blog) -> str:
    return f"/creator/sites/{bread.key.site}/team"


def test_a_team_is_invited_accepts_and_is_paid(
    stage: Stage, rosa: Person, cem: Person, carlas: Browser, cems: Browser, bread: Blog, team_page: str
) -> None:
    rye = bread.post("rye")
    rosa.clicks(rye)
    invited = carlas.follow(carlas.post(f"{team_page}/invite", {"email": cem.user.email, "parts": "2"}))
    offered = cems.get("/creator")
    joined = cems.follow(cems.post("/creator/invitations/1/accept", {"parts": "2"}))
    stage.close(SEPTEMBER)

    assert f"{cem.user.email} invited" in text_of(invited)
    assert "2 of 3 parts of what the site earns would be yours" in text_of(offered)
    assert "2 of 3" in text_of(joined)
    income = cems.get("/creator/2026-09")
    assert "2 of 3 parts are yours" in text_of(income)
    assert "Sum 9.00 EUR 6.00 EUR" in text_of(income)
    assert "Sum 9.00 EUR 3.00 EUR" in text_of(carlas.get("/creator/2026-09"))
    assert faults_of(income.text) == []


def test_the_csv_of_a_month_tells_whole_and_part(
    stage: Stage, rosa: Person, carla: Person, cem: Person, cems: Browser, bread: Blog
) -> None:
    rosa.clicks(bread.post("rye"))
    carla.shares(bread, cem, 2)
    stage.close(SEPTEMBER)

    lines = cems.get("/creator/2026-09.csv").text.splitlines()

    assert lines[0] == "month,kind,title,url,readers,amount,currency,whole,parts"
    assert lines[-1] == "2026-09,sum,,,,6.00,EUR,,"
    assert any(line.endswith("6.00,EUR,9.00,2 of 3") and "without an amount" in line for line in lines)


def test_nobody_joins_without_accepting_just_what_they_saw(
    carla: Person, cem: Person, carlas: Browser, cems: Browser, bread: Blog, team_page: str
) -> None:
    carla.invites(cem, bread, 5)
    carla.invites(cem, bread, 1)

    assert cems.post("/creator/invitations/1/accept", {"parts": "5"}).status_code == 422
    assert cems.get(team_page).status_code == 403
    assert text_of(carlas.get(team_page)).count("has not answered") == 1


def test_an_invitation_may_be_refused_or_withdrawn(
    carla: Person, cem: Person, carlas: Browser, cems: Browser, bread: Blog, team_page: str
) -> None:
    carla.invites(cem, bread, 1)
    cems.follow(cems.post("/creator/invitations/1/refuse"))
    refused = text_of(cems.get("/creator"))
    carla.invites(cem, bread, 1)
    carlas.follow(carlas.post(f"{team_page}/withdraw", {"email": cem.user.email}))

    assert "You are invited" not in refused
    assert cems.post("/creator/invitations/1/accept", {"parts": "1"}).status_code == 404


def test_what_was_typed_stands_on_the_page_with_what_to_mend(
    carla: Person, cem: Person, carlas: Browser, bread: Blog, team_page: str
) -> None:
    carla.shares(bread, cem, 1)
    answers = [
        carlas.post(f"{team_page}/invite", {"email": "nobody", "parts": "2"}),
        carlas.post(f"{team_page}/invite", {"email": "ada@writes.example", "parts": "many"}),
        carlas.post(f"{team_page}/parts", {"creator": str(cem.user.id), "parts": "1001"}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert 'value="nobody"' in answers[0].text
    assert 'value="ada@writes.example"' in answers[1].text
    assert "from 1 to 1,000" in text_of(answers[2])
    assert [fault for answer in answers for fault in faults_of(answer.text)] == []


def test_a_member_sees_the_team_and_the_clicks_and_no_key(
    rosa: Person, carla: Person, cem: Person, cems: Browser, bread: Blog, team_page: str
) -> None:
    rosa.clicks(bread.post("rye"))
    carla.shares(bread, cem, 1)
    page = cems.get(team_page)

    assert "About rye" in page.text
    assert faults_of(page.text) == []
    assert "Invite somebody" not in page.text
    assert "fsk1_" not in page.text
    assert cems.get(f"/creator/sites/{bread.key.site}").status_code == 403
    assert cems.post(f"/creator/sites/{bread.key.site}/key").status_code == 403
    assert bread.key.site in cems.get("/creator").text


@pytest.mark.parametrize("change", ["invite", "withdraw", "parts", "remove"])
def test_only_the_owner_changes_a_team(
    carla: Person, cem: Person, cems: Browser, bread: Blog, team_page: str, change: str
) -> None:
    carla.shares(bread, cem, 1)
    form = {"email": "x@writes.example", "parts": "3", "creator": str(carla.user.id)}

    assert cems.post(f"{team_page}/{change}", form).status_code == 403


def test_a_member_leaves_and_the_owner_cannot(
    carla: Person, cem: Person, carlas: Browser, cems: Browser, bread: Blog, team_page: str
) -> None:
    carla.shares(bread, cem, 1)

    assert carlas.post(f"{team_page}/leave").status_code == 403
    assert cems.post(f"{team_page}/leave").headers["location"] == "/creator"
    assert cems.get(team_page).status_code == 403
    assert "alone" in text_of(carlas.get(team_page))


def test_a_month_that_is_over_and_not_closed_is_not_divided_otherwise(
    stage: Stage, rosa: Person, carla: Person, cem: Person, carlas: Browser, bread: Blog, team_page: str
) -> None:
    carla.shares(bread, cem, 1)
    rosa.clicks(bread.post("rye"))
    stage.now = at("2026-10-01")
    answer = carlas.post(f"{team_page}/parts", {"creator": str(cem.user.id), "parts": "9"})

    assert answer.status_code == 409
    assert "September 2026 is over but not closed" in text_of(answer)


def test_what_a_team_shares_is_among_the_most_clicked_of_its_owner(
    rosa: Person, carla: Person, cem: Person, carlas: Browser, bread: Blog
) -> None:
    rosa.clicks(bread.post("rye"))
    carla.shares(bread, cem, 1)
    page = text_of(carlas.get("/creator"))

    assert "About rye" in page
    assert "No clicks this month yet" not in page
