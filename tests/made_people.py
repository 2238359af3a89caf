"""400 made-up contacts with 60 duplicates among them, and what names them: what the exports of tests/made_exports.py hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

LIVE, DUPLICATES, MERGED, DELETED = 400, 60, 6, 5
"""Contacts that are live, duplicates among them, and those that the CRM itself has merged and deleted."""
GIVEN = "Ana Bruno Carla Dmitri Elif Farid Greta Hugo Inês Jörg Käthe Lars Mírian Nora Özge Paul Queralt Renée Søren Tomasz"
FAMILY = "Almeida Bauer Costa Dubois Eriksen Fischer García Horvat Ivanova Jónsdóttir Kowalski Lévy Müller Novák Olsen Peña"
CITIES = ("Graz", "Lisboa", "København", "Málaga", "", "")
TITLES = ("Buyer", "Engineer", "Head of Buying", "Clerk", "", "")
INTERESTS = ("chairs", "tables", "lamps", "shelves")
REMARKS = (
    "",
    "",
    "Pays late",
    'Says "no, thanks"',
    "First line\nsecond line; more",
    "C:\\new\\offers",
    "0870",
    "N",
)


@dataclass(frozen=True)
class Person:
    """One contact; others are named by their number.

    Attributes:
        boss: the contact that it names: who referred it, or to whom it reports.
        into: the contact into which the CRM has merged it.
        deleted: whether the CRM has deleted it.
    """

    given: str
    family: str
    email: str
    phone: str
    title: str
    city: str
    remark: str
    interests: tuple[str, ...]
    company: int
    owner: int
    boss: int | None = None
    into: int | None = None
    deleted: bool = False


@dataclass(frozen=True)
class Request:
    """One merge that somebody asks for: the numbers of the contacts, the one that remains first."""

    name: str
    primary: int
    duplicates: tuple[int, ...]
    overwrite: bool = False


@dataclass(frozen=True)
class World:
    """All contacts, live ones first, and the requests in their order; the last of these is refused."""

    people: list[Person]
    requests: list[Request]
    random: Random

    def some(self, count: int = 1, *, merged: bool = True) -> list[int]:
        """Contacts by chance, each once and duplicates more often; `merged` says whether the CRM may have merged one."""
        last = len(self.people) if merged else LIVE
        often = [number for request in self.requests[:-1] for number in request.duplicates]
        found: dict[int, None] = {}
        while len(found) < count:
            found[
                self.random.choice(often) if self.random.random() < 0.4 else self.random.randrange(last)
            ] = None
        return list(found)


def make_world(seed: int) -> World:
    """The contacts of one export."""
    random = Random(seed)
    originals = [_person(random, number) for number in range(LIVE - DUPLICATES)]
    clusters: list[list[int]] = []
    people = list(originals)
    while (left := LIVE - len(people)) > 0:
        original = len(clusters) * 5
        clusters.append([original])
        for _ in range(min(left, random.choice((1, 1, 2, 3)))):
            clusters[-1].append(len(people))
            people.append(_like(random, originals[original]))
    places = list(range(LIVE))
    random.shuffle(places)
    live = [person for _, person in sorted(zip(places, people, strict=True), key=lambda pair: pair[0])]
    clusters = [[places[number] for number in cluster] for cluster in clusters]
    gone = [
        replace(_person(random, 900), into=cluster[number % 2])
        for number, cluster in enumerate(clusters[:MERGED])
    ]
    deleted = [replace(_person(random, 950 + number), deleted=True) for number in range(DELETED)]
    everybody = [*live, *gone, *deleted]
    named = [number for cluster in clusters for number in cluster]
    everybody = [
        replace(person, boss=random.choice(named)) if random.random() < 0.3 else person
        for person in everybody
    ]
    for cluster in clusters[::5]:
        everybody[cluster[0]] = replace(everybody[cluster[0]], boss=cluster[1])
    requests = list(_requests(random, clusters))
    refused = Request(f"r{len(requests) + 1:03}", clusters[0][0], (len(everybody) - 1,))
    return World(everybody, [*requests, refused], random)


def _person(random: Random, number: int) -> Person:
    given, family = random.choice(GIVEN.split()), random.choice(FAMILY.split())
    return Person(
        given,
        family,
        f"contact.{number}@harbour.example" if random.random() < 0.8 else "",
        f"+351 555 {number:04}" if random.random() < 0.6 else "",
        random.choice(TITLES),
        random.choice(CITIES),
        random.choice(REMARKS),
        tuple(random.sample(INTERESTS, random.randrange(3))),
        random.randrange(80),
        random.randrange(9),
    )


def _like(random: Random, person: Person) -> Person:
    """A duplicate: the same person, known from elsewhere."""
    other = _person(random, 1000 + random.randrange(9000))
    given = random.choice((person.given, f"{person.given[0]}.", person.given.upper()))
    email = random.choice((person.email.upper(), other.email, ""))
    return replace(other, given=given, family=person.family, email=email, company=person.company)


def _requests(random: Random, clusters: Sequence[Sequence[int]]) -> list[Request]:
    """One request a cluster; of the largest ones two, of which the later one retires the survivor of the earlier one."""
    requests: list[Request] = []

    def ask(primary: int, duplicates: Sequence[int]) -> None:
        requests.append(
            Request(f"r{len(requests) + 1:03}", primary, tuple(duplicates), random.random() < 0.2)
        )

    for primary, *duplicates in clusters:
        if len(duplicates) == 3:
            ask(duplicates[0], duplicates[1:2])
            ask(primary, [duplicates[2], duplicates[0]])
        else:
            ask(primary, duplicates)
    return requests
