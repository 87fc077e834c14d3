"""The value of customers and the value to them: cohorts, rates, acquisition, campaigns, satisfaction."""
