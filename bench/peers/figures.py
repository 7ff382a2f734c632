"""What the rounds of a measurement amount to, and the table that shows it."""

import statistics


def of_client(result):
    """One round's figures from what peer_client prints."""
    if "sessions" in result:
        gained = result["rss_after"] - result["rss_before"]
        return {"value": gained / result["sessions"] / 1000}
    operations = result.get("deliveries") or result["handshakes"]
    return {"value": result["server_cpu_s"] * 1e6 / operations,
            "per_s": operations / result["seconds"],
            "busy": result["server_cpu_s"] / result["seconds"],
            "verified": result.get("verified")}


def of_load(document, scenario):
    """The same from the JSON file of sdmp-load, whose CPU time is per what the scenario counts:
    messages, in fan-out deliveries."""
    server = document["server"]
    if scenario.kind == "idle":
        return {"value": server["rss_bytes_per_session"] / 1000}
    if scenario.kind == "handshake":
        value, rate = server["cpu_us_per_handshake"], document["handshakes_per_s"]
    else:
        value = server["cpu_us_per_message"]
        rate = document["deliveries_per_s" if scenario.kind == "fan-out" else "messages_per_s"]
    figures = {"value": value, "per_s": rate, "busy": value * rate / 1e6, "verified": None}
    if scenario.kind in ("fan-in", "fan-out"):
        figures["verified"] = document["verified"]
    return figures


def complaint(figures):
    """Why a round does not count, or None."""
    verified = figures.get("verified")
    if verified is not None and not 0 < verified["expected"] == verified["received"]:
        return f"only {verified['received']:,} of {verified['expected']:,} messages arrived"
    if not figures["value"] > 0:
        return "nothing was measured: the server used no time or memory at all"
    return None


def summary(rounds, first):
    """Median, least and most of the rounds that counted; and the median of what each is of the
    same round of `first`. A round that failed is None in its place."""
    values = [figures["value"] for figures in rounds if figures]
    if not values:
        return None
    ratios = [figures["value"] / other["value"] for figures, other in zip(rounds, first)
              if figures and other]
    busy = [figures["busy"] for figures in rounds if figures and "busy" in figures]
    rates = [figures["per_s"] for figures in rounds if figures and "per_s" in figures]
    return {"median": statistics.median(values), "least": min(values), "most": max(values),
            "of_first": statistics.median(ratios) if ratios else None,
            "busy": statistics.median(busy) if busy else None,
            "per_s": statistics.median(rates) if rates else None, "rounds": len(values)}


def digits(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(measurements):
    """Markdown. `measurements`: dicts of "title", "server" and "summary"."""
    head = ["", "server", "median", "least to most", "of the first", "per second", "of its core"]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    before = None
    for measurement in measurements:
        total = measurement["summary"]
        cells = [measurement["title"] if measurement["title"] != before else "",
                 measurement["server"]]
        before = measurement["title"]
        if total is None:
            cells += ["failed", "–", "–", "–", "–"]
        else:
            ratio, rate, busy = total["of_first"], total["per_s"], total["busy"]
            cells += [digits(total["median"]),
                      f"{digits(total['least'])} to {digits(total['most'])}",
                      "–" if ratio is None else f"{ratio:.2f}",
                      "–" if rate is None else f"{rate:,.0f}",
                      "–" if busy is None else f"{busy:.0%}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
