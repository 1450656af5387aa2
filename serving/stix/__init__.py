"""STIX 2.1 for OpenCTI: bundles read, and what was found written as one."""
