"""What COCO's classes are called, in the order in which detectors of COCO count them."""

MOTION = -1  # the kind of an object of which no more is known than that it moves
NAMES = tuple(
    """person;bicycle;car;motorcycle;airplane;bus;train;truck;boat;traffic light;fire hydrant;stop sign;parking meter;
bench;bird;cat;dog;horse;sheep;cow;elephant;bear;zebra;giraffe;backpack;umbrella;handbag;tie;suitcase;frisbee;skis;
snowboard;sports ball;kite;baseball bat;baseball glove;skateboard;surfboard;tennis racket;bottle;wine glass;cup;fork;
knife;spoon;bowl;banana;apple;sandwich;orange;broccoli;carrot;hot dog;pizza;donut;cake;chair;couch;potted plant;bed;
dining table;toilet;tv;laptop;mouse;remote;keyboard;cell phone;microwave;oven;toaster;sink;refrigerator;book;clock;
vase;scissors;teddy bear;hair drier;toothbrush""".replace("\n", "").split(";")
)
PERSON = NAMES.index("person")
RIDDEN = tuple(
    map(NAMES.index, ("bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "skateboard"))
)


def name_of(kind: int) -> str:
    """A word for a class of COCO; of what is found by its motion alone no more is known.

    >>> name_of(1), name_of(-1), len(NAMES)
    ('bicycle', 'moving thing', 80)
    """
    return "moving thing" if kind == MOTION else NAMES[kind] if 0 <= kind < len(NAMES) else f"thing of class {kind}"
