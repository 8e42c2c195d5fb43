//! Reader of RPM databases: SQLite, NDB, Berkeley DB hash.
