"""The gateway: requests in on any wire, answers out on the same one; in between the decision and whatever it takes to get an answer."""
