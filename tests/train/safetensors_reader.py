"""Prints what the safetensors package reads of a file, as JSON. Exit code 77: not installed."""
import json
import sys

try:
    from safetensors import safe_open
except ImportError:
    sys.exit(77)

with safe_open(sys.argv[1], framework="np") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    found = {"metadata": file.metadata(), "tensors": {}}
for name, tensor in tensors.items():
    found["tensors"][name] = [str(tensor.dtype), list(tensor.shape), tensor.ravel().tolist()]
print(json.dumps(found))
