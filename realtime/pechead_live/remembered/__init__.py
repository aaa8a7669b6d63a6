"""What is kept from run to run: whose likeness may be used, and what was chosen last."""
