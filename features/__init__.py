"""What can be measured on accounts: the data contract, the readers, one definition per feature."""
