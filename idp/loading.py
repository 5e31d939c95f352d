"""Find a Catalog by its name, `module:name`: how entry points get theirs; everywhere else it is an argument."""

from importlib import import_module

from idp.capability import Catalog
from idp.errors import DefinitionError


def loaded(reference: str) -> Catalog:
    """The Catalog that `module:name` names. Raises DefinitionError; what the module itself raises passes through."""
    module, _, name = reference.partition(":")
    if not (module and name):
        message = f"Catalogue {reference!r}: write module:name, for example idp.catalog:CATALOG."
        raise DefinitionError(message)
    try:
        found = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        message = f"Catalogue {reference!r}: there is no module {error.name!r} here; is its package installed?"
        raise DefinitionError(message) from error
    except AttributeError as error:
        message = f"Catalogue {reference!r}: module {module} has no {name!r}."
        raise DefinitionError(message) from error
    if not isinstance(found, Catalog):
        message = f"Catalogue {reference!r}: that is a {type(found).__name__}, not a Catalog."
        raise DefinitionError(message)
    return found
