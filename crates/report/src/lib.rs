//! Reports: table, JSON, SARIF, CycloneDX, SPDX, OpenVEX, JUnit, Markdown, HTML.
