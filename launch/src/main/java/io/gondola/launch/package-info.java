/** The command line of all commands: options, environment variables, the configuration file, and what goes wrong with them. */
@NullMarked
package io.gondola.launch;

import org.jspecify.annotations.NullMarked;
