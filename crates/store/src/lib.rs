//! The embedded journal, views and vault.
