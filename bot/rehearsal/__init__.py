"""The rehearsal: a stand-in for Teams and Graph, the scenario player, and a page to try the product on."""
