"""The buttons of a film in a page, which `pages/player.js` drives, and the place for what it says."""

from .texts import translated


def player(count, rows):
    """The HTML of the buttons of a film, and of its caption.

    Args:
        count: how many pictures the film has.
        rows: lines of the longest caption, so that nothing below it moves.

    Example:
        >>> 'max="6"' in player(7, 2)
        True
    """
    return translated(_BUTTONS).replace("LAST", str(count - 1)).replace("LINES", str(rows))


_BUTTONS = """<div class="controls" role="group" aria-label="«Play»">
<button type="button" id="first">«First»</button>
<button type="button" id="back">«Back»</button>
<button type="button" id="play" class="main">«Play»</button>
<button type="button" id="step">«Step»</button>
<button type="button" id="last">«Last»</button>
<label>«Picture» <input type="range" id="place" min="0" max="LAST" value="0"></label>
<output id="number" for="place">0 / LAST</output>
<label>«Speed» <select id="speed"><option value="4">«slow»</option><option value="2" selected>«normal»</option>
<option value="0.8">«fast»</option></select></label>
<span class="quiet keys">«Keys: space plays, ← → step, Home, End»</span>
</div>
<div class="caption" id="caption" aria-live="polite" style="--lines: LINES"></div>"""
