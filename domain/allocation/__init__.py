"""Who may use how much of the account: by what market it is, by what strategies have shown, by how old they are."""
