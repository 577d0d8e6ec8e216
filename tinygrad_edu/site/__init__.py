"""The classroom in the browser: lessons, exercises and a playground as a static page, with Python in the tab.

`tinygrad-edu site FOLDER` builds it from the installed package and Pyodide, which is CPython for browsers: a folder
for any web server, or one file that opens by a double-click.

    building    the page, written whole or not at all
    pyodide     where Pyodide is found, and that it is the right one
    contents    what the page is given: the package, the lessons, the exercises
    commands    the command line
    browser     what runs in the tab: the Python side of the page
    session     the code of the page's user, run as a notebook runs its cells
    checking    the checks of an exercise
    playground  what the playground asks it: code, training in pieces, looks inside
    playing     one run of the playground's code
    controls    the playground's settings, the code that they write, and back
    pages/      the page itself: HTML, CSS and JavaScript as they are served
"""
