"""Accounts, and the organisations and persons that they act for: how they are made. Who may, is asked elsewhere."""

from service.identities.accounts import check_names, join, make_account
from service.identities.parties import PREFIXES, group_of, named_party, register

__all__ = ["PREFIXES", "check_names", "group_of", "join", "make_account", "named_party", "register"]
