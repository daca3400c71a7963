"""One order of each fate that a payment can have. The banks meet these amounts with these faults: see their files."""

from stage import Trouble, say, subheading

CODE = ("--payer-code", "134567890123456789")
CODES = {"alipay-code": ("--payer-code", "281234567890123456")}  # Of others than WeChat's payers.


class Fate:
    def __init__(self, name, order, amount, why, becomes, method="code", options=(), then=()):
        self.name, self.why = name, why
        self.order, self.amount, self.becomes = order, amount, becomes
        self.method, self.options, self.then = method, options, then


FATES = (
    Fate("paid", "tea-1", "10.01",
         ("Look at its trajectory: what each module decided, on what evidence, when, and the postings that belong to",
          "it. The rules of this very build decide all of it once more, and must come to the same."), "paid"),
    Fate("failed, finally", "tea-2", "10.02",
         ("The payer hasn't enough, and no other bank would change that.",), "failed"),
    Fate("rerouted", "tea-3", "10.03",
         ("The first bank proves that it took nothing, so the next one may be asked. Only proof allows that: a payment",
          "that is sent to a second bank on a guess may be paid twice."), "paid"),
    Fate("in doubt, then settled by an enquiry", "tea-4", "10.04",
         ("The bank took the money, and the connection broke before it said so. No other bank is tried; this one is",
          "asked until it proves what became of the payment."), "paid"),
    Fate("the payer was confirming", "tea-5", "10.05",
         ("The payer is typing a password: neither paid nor failed, and asked about until it is one.",), "paid"),
    Fate("called back", "tea-6", "10.11",
         ("This payer never confirms, and the till can't wait: the bank is asked to call the payment back. The order",
          "has failed only once the bank says that it did; another way of paying is safe from then on."), "reversed",
         method="till-code"),
    Fate("in doubt, until a person finds out", "tea-7", "10.09",
         ("Even when it is asked, this bank says that it knows nothing. (It did take the money: whoever calls this",
          "failed has lost it.) After some enquiries it is left to a person, and is not forgotten."), "manual",
         method="night-code"),
    Fate("expired", "tea-8", "10.06",
         ("The connection broke, and then the order's time is up. It is closed only once its bank proves that nothing",
          "was paid."), "closed", options=("--expires-in", "1")),
    Fate("closed", "tea-9", "10.07", ("By its merchant, while it is in doubt: again on proof alone.",), "closed",
         then=(("close", "teahouse", "tea-9", "--reason", "customer left"),)),
    Fate("refunded in parts", "tea-10", "10.08", ("The third one would be more than is left, and is refused.",), "paid",
         method="alipay-code", then=(("refund", "teahouse", "tea-10", "back-1", "6.00", "CNY"),
                                     ("refund", "teahouse", "tea-10", "back-2", "4.08", "CNY"),
                                     ("refund", "teahouse", "tea-10", "back-3", "0.01", "CNY"))),
    Fate("paid too late", "tea-11", "10.10",
         ("Its bank says \"no such payment\", so the order is closed; then the same bank says \"paid\". The money",
          "belongs to no merchant now: it is kept apart and goes back to the payer by itself."), "surplus",
         method="island-code", then=(("close", "teahouse", "tea-11"),)),
)


def _is_settled(stage, fate):
    _, text = stage.ask("audit", "--data", "data", "teahouse", fate.order)
    found = {"paid": "order_paid", "failed": "order_failed", "closed": "order_closed", "manual": "attempt_manual",
             "surplus": "refund_succeeded", "reversed": "order_failed"}[fate.becomes]
    return found in text and text.count("refund_requested") == text.count("refund_succeeded")


def show(stage):
    """Each paid, waited for, and told from the log."""
    for number, fate in enumerate(FATES, 1):
        subheading(f"{number} of {len(FATES)}: {fate.name}")
        say(*fate.why)
        stage.at_server("pay", "teahouse", fate.order, fate.amount, "CNY", "--method", fate.method,
                        *CODES.get(fate.method, CODE),
                        *fate.options)
        for command in fate.then:
            stage.at_server(*command)
        stage.wait_until(f"teahouse/{fate.order} becomes {fate.becomes}", lambda f=fate: _is_settled(stage, f))
        code, _ = stage.show("audit", "--data", "data", "teahouse", fate.order)
        if code != 0:
            raise Trouble(f"today's rules disagree about teahouse/{fate.order}")
