"""The whole interface as one OpenAPI 3.1 document, in the vocabulary of the model that answers.

Its field descriptions are the reference of the API; tests hold every route, name and type to real requests and
answers. One module a resource; :mod:`serving.openapi.document` puts them together.
"""

from serving.openapi.answer import ANSWER, DETAIL
from serving.openapi.document import openapi_document

__all__ = ["ANSWER", "DETAIL", "openapi_document"]
