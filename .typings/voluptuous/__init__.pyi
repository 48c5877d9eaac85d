# Home Assistant serves probatio under the name voluptuous at run time; type checking follows it.
from probatio import *
