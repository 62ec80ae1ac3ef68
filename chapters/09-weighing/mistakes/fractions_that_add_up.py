# step: 2
# file: reverseproxy/policies/deadlines.py
# message: a turn was lost. Weights (1, 3)
# why: the next turn is a third of a round later


class Turn:
    def after(self, now):
        turn = self
        while turn[:3] <= now[:3]:
            place = turn.place + 1 / turn.weight
            number = turn.number % turn.weight + 1
            ahead = 1 if place >= 1 else 0
            turn = turn._replace(round=turn.round + ahead, place=place - ahead, number=number)
        return turn
