"""The words from which the sandbox's district is made: people, schools, subjects and what is taught in them. All invented."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

_GIVEN = (
    "Aaliyah Adrian Aiden Alejandra Amara Amir Anaya Andre Anika Asher Ava Beatriz Benjamin Bianca Caleb Camila Carter Chloe Connor Daniela "
    "Darius David Delilah Diego Elena Eli Emeka Emma Esther Ethan Fatima Felix Gabriela Grace Hana Hannah Hassan Hazel Henry Imani Isaac "
    "Isabella Ivan Jada Jamal Jasmine Javier Jonah José Julia Kai Kavya Keisha Kenji Lamar Layla Leilani Leo Liam Lucía Luke Malik Marcus Maria "
    "Mateo Maya Mei Micah Mila Mohammed Naomi Nia Noah Noor Nora Omar Owen Priya Quinn Rafael Rania Renée Ruth Ryan Samir Sana Sebastian Sienna "
    "Sofia Soren Tamika Theo Tomás Uma Valeria Victor Wren Xavier Yara Yusuf Zoë Zuri"
)
_FAMILY = (
    "Abbott Acosta Adeyemi Agarwal Ali Alvarez Anderson Bailey Baker Banerjee Barnes Begum Bennett Boateng Brooks Calderón Campbell Carlson "
    "Castillo Chen Cho Clarke Cohen Cooper Cruz Dasgupta Davis Delgado Diallo Dubois Edwards Ellis Espinoza Fernández Fischer Fitzgerald Flores "
    "Foster Garcia Gómez Goldberg Gonzalez Graham Greene Gupta Haddad Hall Hansen Harris Hernandez Hoang Hughes Ibrahim Iyer Jackson Jensen "
    "Johnson Kaplan Kaur Kelly Khan Kim Kowalski Kumar Lang Lee Lopez Mahmoud Martinez McDonald Mendoza Mensah Miller Mitchell Morales Müller "
    "Murphy Nakamura Nguyễn Novak O'Brien O'Connor Okafor Ortiz Osei Owens Park Patel Peña Perez Petrov Phillips Quintero Ramirez Rao Reyes "
    "Rivera Robinson Rossi Saint-Pierre Sanchez Schmidt Shah Silva Singh Smith Sørensen Suarez Sullivan Tan Taylor Thompson Torres Tran Turner "
    "Vargas Vázquez Walker Washington Weber White Williams Wong Wright Yamamoto Young Zhang"
)
GIVEN, FAMILY = _GIVEN.split(), _FAMILY.split()
SCHOOLS = {
    "genesis": ("Brookfield High School", "Maple Glen Middle School"),
    "synergy": ("Ridgeline High School", "Cedar Flats Middle School"),
    "schooltool": ("Lakeview High School", "Orchard Hill Middle School"),
    "infinite_campus": ("Prairie Central High School", "Willow Creek Middle School"),
    "powerschool": ("Harborview High School", "Stonebridge Middle School"),
}
TITLES = {
    "genesis": "Genesis",
    "synergy": "Synergy",
    "schooltool": "SchoolTool",
    "infinite_campus": "Infinite Campus",
    "powerschool": "PowerSchool",
}
CATEGORIES = ("Homework", "Quizzes", "Tests", "Projects")


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject: its course's name, a short code, and the topics that its assignments are named after."""

    name: str
    code: str
    topics: tuple[str, ...]


def _subject(name: str, code: str, topics: str) -> Subject:
    return Subject(name, code, tuple(topics.split(", ")))


SUBJECTS = (
    _subject("Biology 9", "BIO", "Cell Parts, Osmosis, Enzymes, Mitosis, Meiosis, DNA, Heredity, Evolution, Food Webs, Biomes, Plants, Proteins"),
    _subject(
        "Algebra I", "ALG", "Slope, Lines, Systems, Inequalities, Exponents, Factoring, Quadratics, Roots, Functions, Sequences, Graphs, Ratios"
    ),
    _subject("English 10", "ENG", "Macbeth, Sonnets, Memoir, Rhetoric, Satire, Grammar, Short Story, Symbolism, Drama, Essay, Poetry, Citations"),
    _subject("World History", "HIS", "Rome, Silk Road, Feudalism, Renaissance, Reform, Colonies, Revolution, Industry, Empire, War, Peace, Trade"),
    _subject("Chemistry", "CHE", "Atoms, Isotopes, Bonds, Moles, Reactions, Gas Laws, Acids, Titration, Solutions, Energy, Kinetics, Redox"),
    _subject(
        "Spanish II",
        "SPA",
        "La Casa, El Pretérito, La Comida, Los Viajes, Verbos, La Salud, El Futuro, La Ciudad, Familia, Clima, Ropa, Música",
    ),
    _subject("Geometry", "GEO", "Angles, Triangles, Proofs, Circles, Area, Volume, Similarity, Vectors, Symmetry, Polygons, Trig, Loci"),
    _subject("Earth Science", "EAR", "Minerals, Rocks, Plates, Quakes, Volcanoes, Weather, Climate, Oceans, Moon, Planets, Stars, Soil"),
    _subject("Civics", "CIV", "Congress, Courts, Elections, Rights, Federalism, Parties, Media, Budget, Treaties, Cities, Juries, Census"),
    _subject("Physics", "PHY", "Motion, Forces, Momentum, Work, Waves, Sound, Light, Circuits, Magnets, Heat, Orbits, Friction"),
)


def person(rng: Random) -> tuple[str, str]:
    """A given and a family name."""
    return rng.choice(GIVEN), rng.choice(FAMILY)
