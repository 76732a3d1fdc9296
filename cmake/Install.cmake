# bin/branchlight, and the collector at the place beside it where the program looks: share/branchlight/collector.
# A wheel has the same two, in its own folders for scripts and data, which pip unpacks to the same places; and a module.

if(SKBUILD)
  set(bin ${SKBUILD_SCRIPTS_DIR})
  set(share ${SKBUILD_DATA_DIR}/share)
else()
  include(GNUInstallDirs)
  set(bin ${CMAKE_INSTALL_BINDIR})
  set(share ${CMAKE_INSTALL_DATADIR})
endif()

install(TARGETS branchlight RUNTIME DESTINATION ${bin})
if(SKBUILD) # `pytest --branchlight`; outside of a wheel nobody would find it
  install(FILES ${CMAKE_SOURCE_DIR}/coverage/collector/installed/branchlight_pytest.py
    DESTINATION ${SKBUILD_PLATLIB_DIR})
endif()
install(DIRECTORY ${CMAKE_BINARY_DIR}/collector DESTINATION ${share}/branchlight PATTERN __pycache__ EXCLUDE)
