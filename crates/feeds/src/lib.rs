//! Importers of published advisory formats and the update client.
