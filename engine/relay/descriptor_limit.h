// How many descriptors this process may have: sockets count against it, and the tables of sockets
// that rings make are as large as it is.
#pragma once

namespace sdmp::relay {

// Raises the soft limit of open files to the hard one, where the system lets it. To be called
// before rings are made, and by programs only, since it is of the whole process.
void raise_descriptor_limit();

}  // namespace sdmp::relay
