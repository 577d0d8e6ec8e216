"""A figure for notebooks, which show figures of pyplot at the end of a cell: as the value of a cell it shows once."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure


class NotebookFigure(Figure):
    """A figure of pyplot that leaves pyplot when a notebook shows it as a value, so that it is not shown again."""

    def _ipython_display_(self):
        plt.close(self)
        raise NotImplementedError  # IPython then shows it as it shows any figure
