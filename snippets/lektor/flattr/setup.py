from setuptools import setup

setup(
    name="lektor-flattr",
    version="0.1.0",
    py_modules=["lektor_flattr"],
    entry_points={"lektor.plugins": ["flattr = lektor_flattr:FlattrPlugin"]},
)
