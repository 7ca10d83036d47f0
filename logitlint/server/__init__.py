"""The language server: findings while typing, fixes as code actions, the rule's page on hover."""
