"""Prints what TensorBoard's own reader finds in a folder, as JSON."""
import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0, "tensors": 0})
events.Reload()
found = {"scalars": {}, "images": {}}
for tag in events.Tags()["scalars"]:
    found["scalars"][tag] = [[e.step, e.value] for e in events.Scalars(tag)]
for tag in events.Tags()["images"]:
    found["images"][tag] = [
        [e.step, e.width, e.height, e.encoded_image_string[:4].hex()] for e in events.Images(tag)
    ]
print(json.dumps(found))
