"""Pure helpers, a noun per file; they know neither the domain nor HTTP."""
