"""From bytes to validated tables: collectors' files, requests and data sets."""
