"""Runs tests that were copied into a folder, beside the modules that they test: `python drive_tests.py FOLDER NAME...`.
Whether they pass is of no interest: they may be another version's."""

import io
import random
import sys
import warnings


def main(folder, names):
    warnings.simplefilter("ignore")
    sys.path.insert(0, folder)
    import unittest  # what it needs may be among the copies

    for name in names:
        random.seed(1)
        unittest.main(name, argv=["tests"], exit=False, testRunner=unittest.TextTestRunner(io.StringIO()))


main(sys.argv[1], sys.argv[2:])
