"""Registers: what outlives a process instance, declared as data, written under guards, every version kept."""

from service.registers.declaration import DeclarationInvalid, Register, parse, problems
from service.registers.links import dangling
from service.registers.refusals import Authority, RegisterFault
from service.registers.reindexing import reindex

__all__ = ["Authority", "DeclarationInvalid", "Register", "RegisterFault", "dangling", "parse", "problems", "reindex"]
