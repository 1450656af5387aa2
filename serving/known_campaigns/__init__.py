"""Memory of campaigns: what is known of earlier ones, and which accounts match it. Evidence beside a score, never in it."""
