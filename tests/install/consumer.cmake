# Installs the codec library beside the build, moves it, and uses it as others would: with
# find_package and with pkg-config. Variables: BUILD, SOURCE, FOLDER, CXX, FLAGS, GENERATOR.
cmake_minimum_required(VERSION 3.25)
set(example ${SOURCE}/tests/codec/example/encode_decode.cc)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${code}\n${out}")
  endif()
  set(out "${out}" PARENT_SCOPE)
endfunction()

function(expect_output)
  if(NOT out MATCHES "octets and back.*octets and back")
    message(FATAL_ERROR "the example printed:\n${out}")
  endif()
endfunction()

file(REMOVE_RECURSE ${FOLDER})
run(${CMAKE_COMMAND} --install ${BUILD} --component codec --prefix ${FOLDER}/first)
# Nothing may remember where it was installed.
file(RENAME ${FOLDER}/first ${FOLDER}/prefix)
file(GLOB_RECURSE packages ${FOLDER}/prefix/*.cmake ${FOLDER}/prefix/*.pc)
foreach(package ${packages})
  file(READ ${package} text)
  foreach(path ${BUILD} ${SOURCE})
    string(FIND "${text}" ${path} at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${package} names ${path}")
    endif()
  endforeach()
endforeach()

run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${FOLDER}/consumer -G ${GENERATOR}
    -DCMAKE_PREFIX_PATH=${FOLDER}/prefix -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_FLAGS=${FLAGS}
    -DEXAMPLE=${example})
run(${CMAKE_COMMAND} --build ${FOLDER}/consumer)
run(${FOLDER}/consumer/consumer)
expect_output()

file(GLOB_RECURSE package ${FOLDER}/prefix/*/sdmp.pc)
get_filename_component(package_directory ${package} DIRECTORY)
run(${CMAKE_COMMAND} -E env --modify
    PKG_CONFIG_PATH=path_list_prepend:${package_directory}
    pkg-config --cflags --libs --static sdmp)
separate_arguments(flags UNIX_COMMAND "${FLAGS} ${out}")
run(${CXX} -std=c++2b ${example} -o ${FOLDER}/with_pkg_config ${flags})
run(${FOLDER}/with_pkg_config)
expect_output()
