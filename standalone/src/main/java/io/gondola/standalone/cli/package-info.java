/** The command line: options, environment variables and the configuration file, and what goes wrong with them. */
@NullMarked
package io.gondola.standalone.cli;

import org.jspecify.annotations.NullMarked;
