"""What a demonstration shop sells: an electronics workshop's shelf, invented and drawn for it."""

from dataclasses import dataclass, field

from paydesk.catalogue.product import Rhythm
from paydesk.foundation.money import Money


@dataclass(frozen=True)
class Department:
    slug: str
    name: str
    summary: str


@dataclass(frozen=True)
class SampleOffer:
    """A variant. `was_cents`: what it cost until a few days ago."""

    usd_cents: int
    name: str = ""
    on_hand: int | None = 20
    rhythm: Rhythm | None = None
    others: tuple[Money, ...] = ()
    sku: str = ""
    values: tuple[str, ...] = ()
    grams: int | None = None
    is_digital: bool = False
    was_cents: int | None = None


@dataclass(frozen=True)
class Sample:
    """A product. `pictures`: what each of its drawings shows, the first standing for it."""

    slug: str
    name: str
    department: str
    summary: str
    description: str
    pictures: tuple[str, ...]
    offers: tuple[SampleOffer, ...]
    details: tuple[tuple[str, str], ...] = ()
    options: tuple[str, ...] = ()
    is_featured: bool = False
    # For how many days it has been there.
    age_days: int = field(default=60)


DEPARTMENTS = (
    Department("boards-and-parts", "Boards and parts", "What the circuit is made of."),
    Department("tools", "Tools", "What you make it with, and what you wear meanwhile."),
    Department("paper-and-post", "Paper and post", "To read, to hang up, and to look forward to."),
)


def _eur(minor: int) -> tuple[Money, ...]:
    return (Money(minor, "eur"),)


_BOARDS = (
    Sample(
        "arduino-board",
        "Arduino Board",
        "boards-and-parts",
        "A small computer for things that blink, turn and measure.",
        "The board the first project starts with: 14 digital pins, 6 analogue ones, a USB port "
        "to program it by.\n\nComes with a cable, and with nothing you have to solder.",
        (
            "A teal microcontroller board with its chip, pins and USB port",
            "The board on its cable, lighting a yellow lamp over two wires",
        ),
        (SampleOffer(3900, on_hand=50, sku="BRD-UNO", grams=68),),
        (
            ("Processor", "8-bit, 16 MHz"),
            ("Memory", "32 KB for programs, 2 KB for data"),
            ("Pins", "14 digital, 6 analogue"),
            ("Voltage", "5 V from USB, or 7 to 12 V"),
            ("Size", "69 × 53 mm"),
        ),
        is_featured=True,
    ),
    Sample(
        "sensor-kit",
        "Sensor Kit",
        "boards-and-parts",
        "Light, warmth, distance, movement: twelve senses in a box.",
        "Twelve small sensors that plug into a breadboard, each with a card that says how it is "
        "wired and what it can tell.\n\nThe box is beech, made two villages away.",
        ("A wooden box with twelve sensors in three columns",),
        (SampleOffer(2450, on_hand=12, sku="KIT-SENSE", grams=310),),
        (
            ("In the box", "12 sensors, 12 cards, 1 screwdriver"),
            ("Voltage", "3.3 to 5 V"),
            ("Box", "Beech, 24 × 18 × 4 cm"),
        ),
        is_featured=True,
    ),
    Sample(
        "breadboard",
        "Breadboard",
        "boards-and-parts",
        "Build a circuit, change your mind, build it again.",
        "Spring contacts hold every wire; nothing is soldered. Choose the size by the number of "
        "contacts.",
        (
            "A white breadboard with a lamp, a chip and four wires plugged in",
            "The three sizes beside each other",
        ),
        (
            SampleOffer(490, "400 contacts", 40, sku="BB-400", values=("400 contacts",), grams=45),
            SampleOffer(790, "830 contacts", 3, sku="BB-830", values=("830 contacts",), grams=92),
            SampleOffer(
                1490, "1660 contacts", 0, sku="BB-1660", values=("1660 contacts",), grams=210
            ),
        ),
        (("Wires", "0.3 to 0.8 mm"), ("Contacts", "Phosphor bronze, good for 10,000 times")),
        options=("Size",),
    ),
    Sample(
        "jumper-wires",
        "Jumper Wires",
        "boards-and-parts",
        "Forty wires in ten colours, ready to plug.",
        "Flexible wires with firm ends. Ten colours, so that you can still read the circuit "
        "tomorrow.",
        ("Ten wires side by side, from brown to black",),
        (
            SampleOffer(650, "pin to pin", 60, sku="W-PP", values=("pin to pin",), grams=38),
            SampleOffer(650, "pin to socket", 60, sku="W-PS", values=("pin to socket",), grams=40),
        ),
        (("Length", "20 cm"), ("Number", "40, four of each colour")),
        options=("Ends",),
    ),
    Sample(
        "led-assortment",
        "LED Assortment",
        "boards-and-parts",
        "A hundred small lamps, five colours, no bulb to change.",
        "Five-millimetre lamps with clear heads, sorted by colour in a cardboard stand that tells "
        "how much current each of them likes.",
        ("Five lamps in red, yellow, green, blue and white, stuck into a stand",),
        (
            SampleOffer(
                880,
                "five colours",
                24,
                sku="LED-MIX",
                values=("five colours",),
                grams=60,
                others=_eur(820),
            ),
            SampleOffer(
                760,
                "all red",
                18,
                sku="LED-RED",
                values=("all red",),
                grams=60,
                others=_eur(710),
            ),
            SampleOffer(
                940,
                "all blue",
                0,
                sku="LED-BLUE",
                values=("all blue",),
                grams=60,
                others=_eur(880),
            ),
        ),
        (("Number", "100"), ("Head", "5 mm, clear"), ("Current", "20 mA")),
        options=("Colour",),
        age_days=6,
    ),
    Sample(
        "resistor-book",
        "Resistor Book",
        "boards-and-parts",
        "Every value from 1 Ω to 1 MΩ, and you find it.",
        "Sixty-four values, twenty-five of each, taped into the pages of a ring binder with the "
        "number beside them. Refills come by letter.",
        ("A ring binder with six rows of resistors and their values",),
        (SampleOffer(3400, on_hand=2, sku="RES-BOOK", grams=420, others=_eur(3150)),),
        (
            ("Values", "64, from 1 Ω to 1 MΩ"),
            ("Pieces", "1,600"),
            ("Tolerance", "1 %"),
            ("Power", "¼ W"),
        ),
        age_days=18,
    ),
)
_TOOLS = (
    Sample(
        "soldering-iron",
        "Soldering Iron",
        "tools",
        "Warm in twenty seconds, and it stays where you set it.",
        "A light iron with a fine tip, a stand, and a dial from 200 to 450 °C.",
        ("A blue soldering iron in its stand, with a yellow sponge",),
        (SampleOffer(5900, on_hand=5, sku="IRON-60", grams=640),),
        (
            ("Power", "60 W"),
            ("Temperature", "200 to 450 °C"),
            ("Tip", "0.8 mm, exchangeable"),
            ("Cable", "1.5 m, silicone"),
        ),
    ),
    Sample(
        "multimeter",
        "Multimeter",
        "tools",
        "Tells volts, amperes and ohms, and beeps where it should.",
        "A meter for the bench with large figures and a dial you can turn with gloves on. It finds "
        "the range by itself, switches itself off, and forgives a wrong socket.",
        (
            "A yellow multimeter that shows 4.95 volts, with a red and a black probe",
            "Its two probes on the terminals of a nine-volt battery",
        ),
        (
            SampleOffer(
                3900, on_hand=16, sku="METER-1", grams=380, was_cents=4900, others=_eur(3600)
            ),
        ),
        (
            ("Voltage", "to 600 V"),
            ("Current", "to 10 A"),
            ("Resistance", "to 40 MΩ"),
            ("Battery", "9 V, comes with it"),
        ),
        is_featured=True,
        age_days=90,
    ),
    Sample(
        "workshop-apron",
        "Workshop Apron",
        "tools",
        "Heavy cotton, one wide pocket, nothing that dangles.",
        "Waxed cotton that takes sparks, flux and coffee without complaint. The straps cross at "
        "the back, so the neck carries nothing.",
        (
            "An apron the colour of ink, with tools in its pocket",
            "The same apron the colour of sand",
        ),
        tuple(
            SampleOffer(
                6400,
                f"{size}, {colour}",
                on_hand,
                sku=f"APRON-{size[0]}-{colour.upper()}",
                values=(size, colour),
                grams=720,
                others=_eur(5900),
            )
            for size, colour, on_hand in (
                ("Small", "ink", 7),
                ("Small", "sand", 0),
                ("Large", "ink", 4),
                ("Large", "sand", 9),
            )
        ),
        (("Cloth", "Waxed cotton, 380 g/m²"), ("Wash", "By hand, cold")),
        options=("Size", "Colour"),
        age_days=3,
    ),
    Sample(
        "workshop-mug",
        "Workshop Mug",
        "tools",
        "Holds coffee, tea, or forty resistors.",
        "Stoneware, 350 ml, survives the dishwasher and the edge of the bench.",
        ("A stoneware mug with a resistor glazed on it and three more sticking out",),
        (
            SampleOffer(
                1200,
                on_hand=None,
                sku="MUG",
                grams=390,
                others=(Money(1100, "eur"), Money(950, "gbp")),
            ),
        ),
        (("Holds", "350 ml"), ("Made of", "Stoneware, glazed inside and out")),
    ),
)
_PAPER = (
    Sample(
        "first-circuits",
        "First Circuits",
        "paper-and-post",
        "Twenty evenings with a breadboard: a book to read on a screen.",
        "From a lamp and a switch to a clock that knows when you are in the room. Each chapter is "
        "one evening, one circuit, and one thing understood.\n\nYou get a file without any lock on "
        "it, for every reader, printer and grandchild you own.",
        (
            "A reading tablet that shows a red cover with a circuit on it",
            "Two pages of the book: a lamp, and the circuit that lights it",
        ),
        (SampleOffer(1400, on_hand=None, sku="EBOOK-FC", is_digital=True, others=_eur(1290)),),
        (("Pages", "184"), ("Files", "PDF and EPUB"), ("Language", "English")),
        is_featured=True,
        age_days=11,
    ),
    Sample(
        "circuit-poster",
        "Circuit Poster",
        "paper-and-post",
        "Six signs worth knowing, for the wall above the bench.",
        "Resistor, capacitor, diode, coil, switch and battery, in white on a blue that does not "
        "fade. Printed on heavy paper and sent in a tube, or as a file for your own printer.",
        ("A blue poster with six signs of circuit diagrams, hung between wooden bars",),
        (
            SampleOffer(
                2200,
                "printed, 50 × 70 cm",
                30,
                sku="POSTER",
                values=("printed, 50 × 70 cm",),
                grams=260,
                others=_eur(1990),
            ),
            SampleOffer(
                600,
                "file to print yourself",
                None,
                sku="POSTER-PDF",
                values=("file to print yourself",),
                is_digital=True,
                others=_eur(550),
            ),
        ),
        (("Paper", "170 g/m², uncoated"), ("File", "PDF, good to 100 × 140 cm")),
        options=("Form",),
        age_days=1,
    ),
    Sample(
        "parts-club",
        "Parts Club",
        "paper-and-post",
        "A parcel of parts you did not know you needed, as long as you like.",
        "Each parcel holds twelve parts and a card with a circuit that uses them all.\n\nYou can "
        "stop whenever you like, from your order’s page.",
        ("An open parcel with a chip, a lamp and a resistor looking out of it",),
        (
            SampleOffer(900, "monthly, first two weeks free", None, Rhythm("month", 1, 14)),
            SampleOffer(9000, "yearly", None, Rhythm("year")),
        ),
        (("In each parcel", "12 parts, 1 card"), ("Sent", "In the first week of the month")),
        options=("Paid",),
    ),
)
SHELF = (*_BOARDS, *_TOOLS, *_PAPER)
