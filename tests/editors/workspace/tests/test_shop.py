import os
import time
import unittest

import shop


class Shop(unittest.TestCase):
    def test_member_pays_less(self):
        self.assertEqual(shop.price(200, True), 180)

    def test_small_order_pays_postage(self):
        self.assertEqual(shop.price(50, True), 60)

    def test_first_large(self):
        self.assertEqual(shop.first_large([10, 2000]), 2000)

    def test_label(self):
        self.assertEqual(shop.label("S"), "small")

    def test_that_waits_to_be_cancelled(self):
        """Runs for as long as a file named `hold` lies in the workspace."""
        while os.path.exists("hold"):
            time.sleep(0.01)
