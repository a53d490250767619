/* SPDX-License-Identifier: Apache-2.0 */
/* Takes back what table_structs.h and table_rows.h make of the words of a .def file. No guard. */
#undef BEGIN
#undef END
#undef KEY
#undef BOOL
#undef INT
#undef UINT
#undef STR
#undef NUM
#undef STRS
#undef UINTS
#undef OBJ
#undef LIST
#undef MAP
#undef NUMMAP
#undef OBJMAP
