#!/usr/bin/python3
"""A day's orders of three merchants, the same for the same seed: orders.py COUNT PREFIX SEED > FILE."""

import random
import sys

# Merchant, share of the orders, typical amount in minor units.
MERCHANTS = (("bookshop", 5, 6_000), ("teahouse", 3, 2_500), ("cinema", 2, 9_000))


def main():
    count, prefix, seed = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    rng = random.Random(seed)
    names = [name for name, share, _ in MERCHANTS for _ in range(share)]
    typical = {name: amount for name, _, amount in MERCHANTS}
    print("merchant,order_no,amount,method,payer")
    for number in range(1, count + 1):
        merchant = rng.choice(names)
        minor = max(1, int(rng.expovariate(1 / typical[merchant])))
        method = rng.choice(("card", "wechat-code"))
        print(f"{merchant},{prefix}-{number:05},{minor // 100}.{minor % 100:02},{method},payer-{rng.randint(1, 2000):04}")


if __name__ == "__main__":
    main()
