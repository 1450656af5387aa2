"""Accounts of a list, without posts, tested as a group: are their profiles more alike than those of ordinary accounts?"""
