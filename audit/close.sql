-- The close of months a second time, for any engine that knows SQL; written from docs/ledger.md alone.
--
-- Given are the tables of exports, all numbers whole, amounts in micros and moments in microseconds since 1970:
--   clicks (month, reader, thing)                                         each once, undone ones left out
--   things (month, thing, creator, team, verified_at_us)                  null: the site is not verified; has no team
--   teams  (month, team, member, parts)                                   of what the things of a team get
--   pots   (month, reader, pledge_micros, earned_micros, fresh_micros)    funds after the gifts of the month
--   rules  (month, ends_at_us, fee_basis_points)                          one row a month
-- and floor_div(a, b), the whole quotient of two whole numbers, because each engine spells it another way.
-- Made are settled_readers, settled_things and settled_teams.

-- What counts: the site was verified before the month ended, and nobody pays themselves, nor a team they are of.
create or replace temporary view counted as
select clicks.month, clicks.reader, clicks.thing, things.creator, things.team
from clicks
join things on things.month = clicks.month and things.thing = clicks.thing
join rules on rules.month = clicks.month
left join teams on teams.month = things.month and teams.team = things.team and teams.member = clicks.reader
where things.verified_at_us < rules.ends_at_us and things.creator <> clicks.reader and teams.member is null;

create or replace temporary view wanted as
select month, reader, count(*) as things
from counted
group by month, reader;

-- The pot is the pledge, or the funds if they are less; earned funds go first.
create or replace temporary view filled as
select
    wanted.month,
    wanted.reader,
    wanted.things,
    rules.fee_basis_points,
    pots.pledge_micros,
    least(pots.pledge_micros, pots.earned_micros + pots.fresh_micros) as pot,
    least(pots.pledge_micros, pots.earned_micros) as earned
from wanted
join pots on pots.month = wanted.month and pots.reader = wanted.reader
join rules on rules.month = wanted.month;

-- The cut is taken of the fresh part, whatever was clicked.
create or replace temporary view charged as
select *, floor_div((pot - earned) * fee_basis_points, 10000) as fee_of_pot
from filled;

-- Every share of a reader is the same number.
create or replace temporary view divided as
select *, floor_div(pot - fee_of_pot, things) as share
from charged;

-- What is given is drawn from earned funds first; the rest of the division stays where it is.
-- Where not even a micro falls to each thing nothing is taken, no cut either.
create or replace temporary view settled_readers as
select
    month,
    reader,
    pledge_micros as pledge,
    least(earned, share * things) as from_earned,
    share * things - least(earned, share * things) as from_fresh,
    case when share > 0 then fee_of_pot else 0 end as fee,
    share,
    things
from divided;

create or replace temporary view settled_things as
select
    counted.month,
    counted.thing,
    counted.creator,
    counted.team,
    count(*) as readers,
    cast(sum(settled_readers.share) as bigint) as micros
from counted
join settled_readers on settled_readers.month = counted.month and settled_readers.reader = counted.reader
where settled_readers.share > 0
group by counted.month, counted.thing, counted.creator, counted.team;

-- What all things of a team got is divided in one sum, by parts; the creator of a thing without a team has all.
create or replace temporary view shared as
select month, team, cast(sum(micros) as bigint) as micros
from settled_things
where team is not null
group by month, team;

create or replace temporary view owed as
select month, team, cast(sum(parts) as bigint) as parts_of_all
from teams
group by month, team;

create or replace temporary view floored as
select
    teams.month,
    teams.team,
    teams.member,
    teams.parts,
    shared.micros as whole,
    floor_div(shared.micros * teams.parts, owed.parts_of_all) as amount,
    shared.micros * teams.parts
    - floor_div(shared.micros * teams.parts, owed.parts_of_all) * owed.parts_of_all as lost
from teams
join shared on shared.month = teams.month and shared.team = teams.team
join owed on owed.month = teams.month and owed.team = teams.team;

-- The micros that rounding left over go, one each, to those who lost most by it; of equals, to the lower number.
create or replace temporary view ranked as
select
    *,
    row_number() over (partition by month, team order by lost desc, member) as place,
    whole - cast(sum(amount) over (partition by month, team) as bigint) as left_over
from floored;

create or replace temporary view settled_teams as
select
    month,
    team,
    member,
    parts,
    amount + case when place <= left_over then 1 else 0 end as micros
from ranked;
