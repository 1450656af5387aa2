"""Accounts and posts on an engine beyond one machine: Apache Spark or Sail, spoken to by Spark Connect.

The functions that measure and judge accounts on one machine run here unchanged, in the executors, on partitions that hold
whole accounts. The engine reads the tables, moves the rows and starts the functions; it computes nothing of its own.
"""
