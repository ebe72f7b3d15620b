"""The one OneRoster gradebook engine (1.1 and 1.2): Genesis, Synergy, SchoolTool, Infinite Campus, and any other SIS that speaks it (F-6)."""
